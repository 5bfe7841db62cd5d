from customers.models import ContactPoint
from customers.reaching import Way, ways

KINDS = ContactPoint.Kind


def point(kind, text, number=""):
    return ContactPoint(kind=kind, text=text, number=number)


def test_phone_can_be_written_to_and_called():
    assert ways([point(KINDS.PHONE, "98200 12345", "+919820012345")], "Namaste Sunita-ji & all – नमस्ते") == [
        Way(
            text="98200 12345",
            whatsapp="https://wa.me/919820012345?text=Namaste%20Sunita-ji%20%26%20all%20%E2%80%93%20"
            "%E0%A4%A8%E0%A4%AE%E0%A4%B8%E0%A5%8D%E0%A4%A4%E0%A5%87",
            sms="sms:+919820012345?&body=Namaste%20Sunita-ji%20%26%20all%20%E2%80%93%20"
            "%E0%A4%A8%E0%A4%AE%E0%A4%B8%E0%A5%8D%E0%A4%A4%E0%A5%87",
            call="tel:+919820012345",
        )
    ]


def test_number_of_whatsapp_alone_is_not_called():
    (way,) = ways([point(KINDS.WHATSAPP, "98200 12345", "+919820012345")], "hello")
    assert (way.sms, way.call) == ("", "")


def test_number_written_twice_is_one_way():
    points = [
        point(KINDS.WHATSAPP, "98200 12345", "+919820012345"),
        point(KINDS.PHONE, "9820012345", "+919820012345"),
        point(KINDS.PHONE, "98200 54321", "+919820054321"),
    ]
    assert [(way.text, bool(way.call)) for way in ways(points, "hello")] == [
        ("98200 12345", True),
        ("98200 54321", True),
    ]


def test_mail_and_what_is_no_number_are_no_way():
    assert ways([point(KINDS.EMAIL, "sunita@example.org"), point(KINDS.PHONE, "ask Anu")], "hello") == []

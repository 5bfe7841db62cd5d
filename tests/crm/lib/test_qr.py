from crm.lib import qr


def test_svg_is_a_picture_that_a_strict_content_security_policy_lets_through():
    drawn = qr.svg("http://192.168.1.20:8000/")
    assert drawn.startswith("<svg ")
    assert "style" not in drawn
    assert "192.168" not in drawn


def test_for_terminal_has_colours_of_its_own_on_every_line():
    lines = qr.for_terminal("http://192.168.1.20:8000/").splitlines()
    assert len(lines) == 17  # 33 rows of squares with the margin, two in each line
    assert all(line.startswith(qr.LIGHT_ON_DARK) and line.endswith(qr.AS_BEFORE) for line in lines)

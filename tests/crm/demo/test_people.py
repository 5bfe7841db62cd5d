from collections import Counter
from random import Random

from crm.demo.people import people
from customers import phones


def test_people_are_called_in_two_scripts():
    names = [person.name for person in people(Random(7))]
    devanagari = [name for name in names if any("\u0900" <= letter <= "\u097f" for letter in name)]
    assert len(names) >= 120
    assert 15 <= len(devanagari) <= 40


def test_people_of_one_name_are_told_apart():
    everybody = people(Random(7))
    names = Counter(person.name for person in everybody)
    twice = [name for name, count in names.items() if count > 1]
    assert twice == ["Sunita Rao", "Ganesh Pawar"]
    for name in twice:
        namesakes = [person for person in everybody if person.name == name]
        assert len({(one.nickname, one.landmark, one.description, one.phones) for one in namesakes}) == len(namesakes)


def test_people_have_numbers_that_can_be_read_and_are_nobodys():
    written = [number for person in people(Random(7)) for number in person.phones]
    read = [phones.e164(number, "IN") for number in written]
    assert all(number.startswith("+9155") and len(number) == 13 for number in read)


def test_people_of_one_house_share_its_phone():
    everybody = people(Random(7))
    shared = Counter(number for person in everybody for number in person.phones)
    assert sum(count > 1 for count in shared.values()) >= 10
    assert any(not person.phones for person in everybody)


def test_people_are_described_each_in_their_own_words():
    looks = [person.description for person in people(Random(7)) if person.description]
    assert len(looks) >= 20
    assert len(set(looks)) == len(looks)

"""Phone numbers as people write them, in any script's digits, to one form."""

import phonenumbers

LONGEST = 120
"""Characters of a number as it is written: the library reads over more blanks than a column keeps."""


class NotAPhoneNumber(ValueError):
    """The text cannot be a phone number of the region or, with a +code, of another."""


def e164(text: str, region: str) -> str:
    """`text` as +countrycode and number. `region` is the two-letter country whose numbers need no +code."""
    if len(text) > LONGEST:
        raise NotAPhoneNumber(text)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise NotAPhoneNumber(text) from error
    # "Possible" looks at the length alone: a new prefix that the library does not know yet is still a phone.
    if not phonenumbers.is_possible_number(number):
        raise NotAPhoneNumber(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

"""Folds names for search: every script to plain Latin words, and every word to a key of how it sounds.

`words` loses the script; `sound` also loses what the usual Latin spellings of one Indian name disagree about. A key is
coarser than a word, so whoever ranks results puts matches of words before matches of keys.
"""

import re
import unicodedata
from typing import Any

from anyascii import anyascii

# Joiners, direction marks and NUL: invisible to the reader, but they would cut a word or hide a conjunct.
_INVISIBLE = dict.fromkeys(
    [0x00, 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF],
)

# The nine Indic blocks, Devanagari (0x0900) to Malayalam (0x0D00), put the same letter at the same offset.
_BLOCKS = range(0x0900, 0x0D80, 0x80)
_TAMIL = 0x0B80
_SOUTHERN = range(0x0B00, 0x0D80, 0x80)  # Odia to Malayalam: a final inherent a is spoken


def _in_blocks(devanagari: str, blocks: range = _BLOCKS) -> str:
    """The given Devanagari letters, and the letters at their offsets in the other Indic blocks."""
    return "".join(chr(ord(letter) - 0x0900 + block) for block in blocks for letter in devanagari)


_CONSONANTS = "".join(map(chr, [*range(0x0915, 0x093A), *range(0x0958, 0x0960)]))
_VOWELS = "".join(map(chr, range(0x0904, 0x0915)))
_CONSONANT = f"[{_in_blocks(_CONSONANTS)}][{_in_blocks('़')}]?"
_VIRAMA = f"[{_in_blocks('्')}]"
_NASAL = _in_blocks("ँं") + "ੰ"
_WORD_END = r"(?![\u0900-\u0d7f])"

# anyascii reads letter by letter and so cannot know the a that an Indic consonant carries unless a sign takes it away.
_INHERENT_A = re.compile(
    f"{_CONSONANT}(?=[{_in_blocks(_CONSONANTS + _VOWELS + 'ः')}{_NASAL}])"  # कमल kamal, not kml
    f"|(?<={_VIRAMA})[{_in_blocks('यरलळवनणमञ')}]{_WORD_END}"  # आदित्य Aditya, but भट्ट Bhatt
    f"|[{_in_blocks(_CONSONANTS, _SOUTHERN)}]{_WORD_END}"  # సునీత Sunita, but राम Ram
)
_M_NASAL = re.compile(
    f"[{_NASAL}](?=[{_in_blocks('पफबभम')}])|(?<=[{_in_blocks('ओ')}])[{_NASAL}]"
)  # कांबळे Kamble, ओंकार Omkar

# Where anyascii follows the scholars' transliteration, this follows the spelling people use.
_SPELT = {"ज्ञ": "gy", "ड़": "r", "ढ़": "rh", "फ़": "f", "ज़": "z", "च": "ch", "छ": "chh", "श": "sh", "ष": "sh"}
_SPELT |= {"ऋ": "ri", "ृ": "ri"}
_SPELT_IN_BLOCKS = (
    {_in_blocks(letters, range(block, block + 1)): latin for block in _BLOCKS for letters, latin in _SPELT.items()}
    | dict.fromkeys(_NASAL, "n")
    | {chr(_TAMIL + 0x1A): "s"}  # சுனிதா Sunita: Tamil has one letter for ch and s
)
_USUAL_SPELLING = re.compile("|".join(_SPELT_IN_BLOCKS))

# Read from left to right: at each place the first row that matches is taken. Pattern, what it becomes, names it unites.
RULES = (
    (r"^(?:md|mohd|mhmd)$", "mohmd", "Md., Mohd, محمد = Mohammad"),
    (r"^muh", "moh", "Muhammad = Mohammad"),
    (r"(?<=[ahm]m)ed", "d", "Ahmed = Ahmad"),
    (r"[djg]ny", "gy", "Dnyaneshwar = Gyaneshwar"),
    (r"^jn|(?<=pra)jn|(?<=ya)jn", "gy", "Prajna = Pragya"),  # Rajnish keeps its j
    (r"^hr[iu]|^r[iu](?=[st])", "ri", "Hrishikesh = Rushikesh, Rutuja = ऋतुजा"),
    (r"(?<=[^aeiour])ru", "ri", "Amruta = Amrita, Srushti = Srishti"),
    (r"(?<=[uw])dhur", "dr", "Chowdhury = Chaudhari"),
    (r"(?<=[pv])er(?=[mv]|$)|er(?=j)", "r", "Verma = Varma, Banerjee = बनर्जी"),
    (r"(?<=nd|ht)er$", "r", "Sikander = सिकंदर, Akhter = Akhtar"),
    (r"(?<=^fat)e(?=m)", "i", "Fatema = Fatima"),
    (r"(?<=[dpu])ez$", "ys", "Fernandez = Fernandes"),
    (r"eh", "ah", "Rehman = Rahman"),
    (r"^iy", "y", "Iyer = Aiyar"),
    (r"ee|ii|ea|iy|ei(?=l)", "i", "Suneeta = Sunita, Priya = Pria, Sheila = Sheela"),
    (r"oo|uu", "u", "Pooja = Puja"),
    (r"ao", "v", "Rao = राव"),
    (r"a+u|ou|ow(?![aeiou])", "o", "Gaurav = Gourav, Chowdhury = Choudhury"),
    (r"a+[eiy]|e[iy]|e", "y", "Jaiswal = Jayaswal, Shaikh = Sheikh = शेख"),
    (r"ph", "f", "Phadke = Fadke"),
    (r"c+h+", "c", "Chhaya = Chaya, Bachchan = Bachan"),
    (r"c", "k", "Vicky = Viki"),
    (r"(?<=[bdgjkstvw])h+", "", "Swathi = Swati, Shri = Sri, Jha = Za"),
    (r"qu(?=[ei])|q", "k", "Siddiqui = Siddiki, Qureshi = Kureshi"),
    (r"x", "ks", "Laxmi = Lakshmi"),
    (r"z", "j", "Zakir = Jakir"),
    (r"w", "v", "Pawar = Pavar"),
)
# The empty group behind each row tells which row matched; a group around it would make the search twice as slow.
_RULE = re.compile("|".join(f"(?:{pattern})()" for pattern, _, _ in RULES))
_REPLACEMENTS = ("", *(replacement for _, replacement, _ in RULES))

_WORD = re.compile(r"[a-z0-9]+")
_SILENT_A = re.compile(r"(?<!^)a")  # Kulkarni = कुलकर्णी (kulakarni), Agrawal = Agarwal
_LONG_Y = re.compile(r"y[iy]+")  # Sayeed = Saeed = सईद
_DOUBLE = re.compile(r"([a-z])\1+")
_FINAL_I = re.compile(r"(?<=[^aeiou])y$|ie$")  # Chaudhary = Chaudhari
_FINAL_SINGH = re.compile(r"inh$")  # सिंह = Singh
_UNFINISHED = re.compile(r"(?:(?<=[^aeiou])y)?[aeo]*$|c$")

_BLOCK = 0x80
_ALWAYS_TOLD = (0x80, 0x100, 0x900)  # Latin with accents and Devanagari: anybody may type these


def words(text: str) -> list[str]:
    """Cut `text` into words of a-z and 0-9, in order, as many as there are; an emoji gives its English name.

    An apostrophe joins (D'Souza is one word), every other sign parts. `words(" ".join(words(text)))` changes nothing.
    """
    text = unicodedata.normalize("NFKC", text).translate(_INVISIBLE).casefold()
    if not text.isascii():
        text = anyascii(_spell_indic(text)).lower()
    return _WORD.findall(text.replace("'", "").replace("`", ""))


def sound(word: str) -> str:
    """Give the sound key (a-z and 0-9, never empty) of one finished word out of `words`; keys have no keys."""
    key = _squeeze(_FINAL_SINGH.sub("ing", _FINAL_I.sub("i", word)))
    return key + "a" if word.endswith("a") else key


def sound_prefix(word: str) -> str:
    """Give what the sound keys begin with of the names that begin like `word`, one word out of `words`, partly typed.

    Leaves out last letters that the next one may still turn into another sound (sune-eta, c-haya, ra-o). Empty when
    nothing certain is left, as after "a": then look only for folded words.
    """
    return _squeeze(_UNFINISHED.sub("", word))


def as_data(text: str) -> dict[str, list[Any]]:
    """
    The rules of this module for a script, which can then fold what is typed in the scripts of `text`, and in Latin.

    Steps of `[pattern, replacement]`, one after the other: `words` are told by those of `spell` on small letters in
    NFKC, and `sound_prefix` by those of `hear` on a word. A replacement is text, where `$&` stands for what matched,
    or by what matched (`{}`), or by the place of the group that matched (`[]`).
    """
    blocks = sorted({*_ALWAYS_TOLD, *(ord(letter) // _BLOCK * _BLOCK for letter in text if not letter.isascii())})
    letters = (chr(code) for block in blocks for code in range(block, block + _BLOCK))
    read = {letter: spelt.lower() for letter in letters if (spelt := anyascii(letter))}
    spell = {indic: latin for indic, latin in _SPELT_IN_BLOCKS.items() if ord(indic[0]) // _BLOCK * _BLOCK in blocks}
    return {
        "spell": [
            [f"[{''.join(map(chr, _INVISIBLE))}]", ""],
            [_INHERENT_A.pattern, "$&a"],
            [_M_NASAL.pattern, "m"],
            [_USUAL_SPELLING.pattern, spell],
            [r"[^\0-\x7f]", read],
            ["['`]", ""],
        ],
        "hear": [
            [_UNFINISHED.pattern, ""],
            [_RULE.pattern, _REPLACEMENTS[1:]],
            [_DOUBLE.pattern, "$1"],
            [_LONG_Y.pattern, "y"],
            [_SILENT_A.pattern, ""],
        ],
    }


def _spell_indic(text: str) -> str:
    text = _M_NASAL.sub("m", _INHERENT_A.sub(r"\g<0>a", text))
    return _USUAL_SPELLING.sub(lambda match: _SPELT_IN_BLOCKS[match[0]], text)


def _squeeze(word: str) -> str:
    key = _RULE.sub(lambda match: _REPLACEMENTS[match.lastindex or 0], word)
    return _SILENT_A.sub("", _LONG_Y.sub("y", _DOUBLE.sub(r"\1", key)))

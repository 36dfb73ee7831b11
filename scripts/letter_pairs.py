"""Counts which letters stand beside which in some thirty languages, and writes `connector/readers/letter_pairs.txt`.

By it the reader tells in which encoding a file without a mark is written. The words come from the locale data of Babel
and the translations of Sphinx, which the manual is built with; some everyday words are added by hand, for lists of
countries and units know little of them. Run it as `python scripts/letter_pairs.py`; it needs no network.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import sphinx
from babel import Locale

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = Path(__file__).resolve().parents[1] / "connector" / "readers" / "letter_pairs.txt"
LANGUAGES = [
    "ar",
    "bg",
    "ca",
    "cs",
    "da",
    "de",
    "el",
    "es",
    "et",
    "fa",
    "fi",
    "fr",
    "he",
    "hr",
    "hu",
    "is",
    "it",
    "lt",
    "lv",
    "nb",
    "nl",
    "pl",
    "pt",
    "ro",
    "ru",
    "sk",
    "sl",
    "sr",
    "sv",
    "th",
    "tr",
    "uk",
]
PARTS = [
    "languages",
    "territories",
    "scripts",
    "currency_names",
    "months",
    "days",
    "unit_patterns",
    "unit_display_names",
    "date_fields",
    "time_zones",
    "meta_zones",
    "compound_unit_patterns",
    "list_patterns",
]
EVERYDAY = {
    "de": "für größe stück schlüssel übrig äußere straße grün weiß lösung schwärze gefäß süß fuß heiß",
    "es": "qué niño niña año pequeño pequeña tamaño señora señor muñeca baño piña caña código artículo número teléfono",
    "fr": "à où très près même été ça garçon reçu désignation qualité quantité référence noël maïs crème pêche forêt",
    "it": "è più perché città qualità quantità disponibilità così già però né lunedì martedì caffè tè unità può novità",
    "cs": "množství zboží kůže kůň dům stůl příčka měřič světlo číslo černý bílý šálek žluté řetízek dětské název",
    "da": "kød grøn brød støvler pære sæbe køleskab trøje blå små størrelse mængde æske nøgle dør",
    "hr": "količina šifra žuta čaša riječ kožna ženska dječje kuća košulja veličina šećer ključ međa",
    "hu": "cipő női férfi gyűrű fűnyíró bőr szőnyeg hűtő mennyiség készlet megnevezés cikkszám öltöny póló ár gyűjtő",
    "lt": "kiekis prekė prekės šviestuvas žalia mėlyna rankinė odinė vaikiški batai lėkštė žaislai įrankis",
    "pl": "ilość część różowy dziecięcy męski żółty książka źródło święto ząb pończochy łóżko półka gładki śruba",
    "ro": "cămașă bărbați preț denumire pâine mănuși încălțăminte fustă ceașcă mărime bucăți culoare roșu piele și",
    "sk": "množstvo košeľa tričko žlté dĺžka šálka veľkosť čierny biely topánky názov kľúč stôl kôš tovar",
    "sv": "tröja blå kök smörgås bälte färg strömbrytare lås väska pärla är på från för stövlar nyckel dörr",
    "pt": "não pão mãe botões calções descrição preço maçã açúcar você avó após código lã algodão coração",
    "tr": "ürün fiyatı satış stok adı kırmızı yeşil çocuk ağaç düğme gözlük kılıf şişe ışık",
}
EVERYDAY_COUNTS = 20
"""One of these weighs as much as a word met so often."""
FEWEST = 4
"""A letter met less often is a name from abroad."""
LEAST_BITS, MOST_BITS = 1, 9
EDGE = "_"
WORD = re.compile(r"[^\W\d_\u0e01-\u0e7f]+|[\u0e01-\u0e7f]+")
POINTS = re.compile("[\u0591-\u05c7\u0610-\u061a\u064b-\u065f]")
"""Vowel signs of Hebrew and Arabic, which nobody writes in a list of goods."""


def texts(language: str) -> set[str]:
    """All there is of a language."""
    data = Locale.parse(language)._data  # noqa: SLF001 - the locale data has no other door
    found = {text for part in PARTS if part in data for text in strings(dict(data[part]))}
    for path in (Path(sphinx.__file__).parent / "locale").glob(f"{language}*/LC_MESSAGES/sphinx.po"):
        for first, rest in re.findall(r'msgstr "(.*)"((?:\n".*")*)', path.read_text(encoding="utf-8")):
            found.add(first + re.sub(r'\n"|"', "", rest))
    if language == "ro":  # the letters with a cedilla, which old encodings have instead of those with a comma
        found |= {text.replace("ș", "ş").replace("ț", "ţ") for text in found}
    return found


def strings(value: object) -> Iterator[str]:
    """All texts within locale data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)


def pairs_of(language: str) -> tuple[Counter[str], Counter[str]]:
    """How often each pair of letters comes, and each letter as the first of one; `_` is the edge of a word."""
    words: Counter[str] = Counter()
    for text in texts(language):
        plain = POINTS.sub("", unicodedata.normalize("NFC", text)).lower().replace("i\u0307", "i")
        words.update(WORD.findall(plain))
    for word in EVERYDAY.get(language, "").split():
        words[word] += EVERYDAY_COUNTS
    pairs: Counter[str] = Counter()
    firsts: Counter[str] = Counter()
    for word, often in words.items():
        weight = 1 + round(math.log(often))
        for first, second in zip(EDGE + word, word + EDGE, strict=True):
            pairs[first + second] += weight
            firsts[first] += weight
    return pairs, firsts


def line_of(language: str) -> str:
    """The language, its letters beyond ASCII, and its pairs by how many bits each says (`2:áčéř…`)."""
    pairs, firsts = pairs_of(language)
    seconds: Counter[str] = Counter()
    for pair, often in pairs.items():
        seconds[pair[1]] += often
    letters = "".join(sorted(one for one, often in seconds.items() if not one.isascii() and often >= FEWEST))
    by_bits: dict[int, list[str]] = {}
    for pair, often in pairs.items():
        bits = max(round(-math.log2(often / (firsts[pair[0]] + FEWEST))), LEAST_BITS)
        own = all(one.isascii() or one in letters for one in pair)
        if own and not pair.isascii() and bits <= MOST_BITS:
            by_bits.setdefault(bits, []).append(pair)
    return " ".join(
        [language, letters, *(f"{bits}:{''.join(sorted(by_bits[bits]))}" for bits in sorted(by_bits))]
    )


if __name__ == "__main__":
    TARGET.write_text("".join(line_of(language) + "\n" for language in LANGUAGES), encoding="utf-8")

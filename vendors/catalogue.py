"""Finding a product by the beginning of any word of its names, in any of the shop's languages, or by its sound."""

from collections.abc import Iterable, Mapping

from crm.lib.sounds import sound, sound_prefix, words
from vendors.models import Product, Vendor


def find(vendor: Vendor, text: str) -> list[Product]:
    """The products sold now for which each word of `text` begins a word of a name, in the shop's order; all for ""."""
    return answering(Product.objects.sold().filter(vendor=vendor), text)


def answering(products: Iterable[Product], text: str) -> list[Product]:
    """Those of `products`, in their order, for which each word of `text` begins a word of a name; all for ""."""
    wanted = words(text[:80])
    return [product for product in products if _answers(product, wanted)]


def stand_ins(vendor_id: int) -> dict[int, int]:
    """Of each merged product of the shop the id of the one that stands for it now, by its own id."""
    merged = Product.objects.filter(vendor=vendor_id, merged_into__isnull=False)
    into = dict(merged.order_by().values_list("pk", "merged_into"))
    return {product: _last(product, into) for product in into}


def stand_in(product: Product) -> Product:
    """What `product`, as it was read, was merged into; itself when it was not."""
    if product.merged_into_id is None:
        return product
    return Product.objects.get(pk=stand_ins(product.vendor_id).get(product.pk, product.pk))


def family(product: Product) -> set[int]:
    """The ids of all products that are the same thing as `product`."""
    into = stand_ins(product.vendor_id)
    last = into.get(product.pk, product.pk)
    return {last, *(each for each, other in into.items() if other == last)}


def _last(product: int, into: Mapping[int, int]) -> int:
    while product in into:
        product = into[product]
    return product


def _answers(product: Product, wanted: Iterable[str]) -> bool:
    said = words(f"{product.name} {product.name_hi} {product.name_mr}")
    heard = [sound(word) for word in said]
    return all(_begins_one(begun, said) or _sounds_like_one(begun, heard) for begun in wanted)


def _begins_one(begun: str, said: list[str]) -> bool:
    return any(word.startswith(begun) for word in said)


def _sounds_like_one(begun: str, heard: list[str]) -> bool:
    sounding = sound_prefix(begun)
    return len(sounding) > 1 and any(word.startswith(sounding) for word in heard)  # one sound is like half the shop

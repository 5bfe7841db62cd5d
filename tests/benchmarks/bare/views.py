from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from tests.benchmarks.bare.models import Item, Person


def _people(request: HttpRequest, shop: str) -> QuerySet[Person]:
    return Person.objects.filter(shop__slug=shop, shop__staff=request.user)


@login_required
def search(request: HttpRequest, shop: str) -> HttpResponse:
    people = _people(request, shop).filter(name__icontains=request.GET["q"]).order_by("name")[:12]
    return render(request, "bare/search.html", {"people": people, "shop": shop})


@login_required
def card(request: HttpRequest, shop: str, pk: int) -> HttpResponse:
    person = get_object_or_404(_people(request, shop), pk=pk)
    stays = person.stay_set.order_by("-at").prefetch_related("items__good")[:10]
    return render(request, "bare/card.html", {"person": person, "stays": stays})


@login_required
def insert(request: HttpRequest, shop: str, pk: int) -> HttpResponse:
    person = get_object_or_404(_people(request, shop), pk=pk)
    taken = {name.removeprefix("take."): much for name, much in request.POST.items() if name.startswith("take.")}
    with transaction.atomic():
        stay = person.stay_set.create(at=timezone.now(), by=request.user, note=request.POST["note"])
        Item.objects.bulk_create(
            Item(stay=stay, good_id=good, quantity=quantity) for good, quantity in taken.items() if quantity
        )
    return redirect("bare:card", shop, pk)

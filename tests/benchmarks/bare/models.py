from django.conf import settings
from django.db import models


class Shop(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    staff = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="shops")

    def __str__(self) -> str:
        return self.name


class Good(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    unit = models.CharField(max_length=8)

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    name = models.CharField(max_length=120)
    landmark = models.CharField(max_length=160, blank=True)
    phone = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [models.Index(fields=["shop", "name"], name="bare_person_by_name")]

    def __str__(self) -> str:
        return self.name


class Stay(models.Model):
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-at"], name="bare_stay_latest")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.at}"


class Item(models.Model):
    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="items")
    good = models.ForeignKey(Good, on_delete=models.PROTECT)
    quantity = models.DecimalField(max_digits=8, decimal_places=3)

    def __str__(self) -> str:
        return f"{self.good_id} {self.quantity}"

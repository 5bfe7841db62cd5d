from django.urls import path, register_converter

from crm.review import customer_directory, product_directory, review, the_day, visits
from crm.review.days import DayConverter

register_converter(DayConverter, "day")

app_name = "review"
urlpatterns = [
    path("", review.review, name="today"),
    path("<day:day>/", review.review, name="review"),
    # The panels, and the rows behind their numbers
    path("<day:day>/served/", the_day.the_day, name="the_day"),
    path("visits/", visits.visits, name="visits"),
    # The directories
    path("customers/", customer_directory.customers, name="customers"),
    path("products/", product_directory.products, name="products"),
]

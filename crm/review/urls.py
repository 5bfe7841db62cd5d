from django.urls import path, register_converter

from crm.review import missed, missed_rows, review, the_day, visits
from crm.review.days import DayConverter

register_converter(DayConverter, "day")

app_name = "review"
urlpatterns = [
    path("", review.review, name="today"),
    path("<day:day>/", review.review, name="review"),
    # The panels, and the rows behind their numbers
    path("<day:day>/served/", the_day.the_day, name="the_day"),
    path("visits/", visits.visits, name="visits"),
    # Who was missed
    path("<day:day>/missed/", missed.missed, name="missed"),
    path("missed/rows/", missed_rows.missed_rows, name="missed_rows"),
]

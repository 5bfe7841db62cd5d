from django.urls import path, register_converter

from crm.review import decisions, missing_it, review, the_day, visits, who_would_miss_it
from crm.review.days import DayConverter

register_converter(DayConverter, "day")

app_name = "review"
urlpatterns = [
    path("", review.review, name="today"),
    path("<day:day>/", review.review, name="review"),
    # The panels, and the rows behind their numbers
    path("<day:day>/served/", the_day.the_day, name="the_day"),
    path("visits/", visits.visits, name="visits"),
    # Who would miss it, and what was decided
    path("<day:day>/who-would-miss-it/", who_would_miss_it.who_would_miss_it, name="who_would_miss_it"),
    path("who-would-miss-it/", missing_it.missing_it, name="missing_it"),
    path("who-would-miss-it/people/", missing_it.missing_people, name="missing_people"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/<uuid:decision>/", decisions.decision, name="decision"),
    path("decisions/<uuid:decision>/people/", decisions.decision_people, name="decision_people"),
]

from django.urls import path, register_converter

from crm.review import noticed, noticed_rows, review, rolled_up, the_day, visits
from crm.review.days import DayConverter

register_converter(DayConverter, "day")

app_name = "review"
urlpatterns = [
    path("", review.review, name="today"),
    path("<day:day>/", review.review, name="review"),
    # The panels, and the rows behind their numbers
    path("<day:day>/served/", the_day.the_day, name="the_day"),
    path("visits/", visits.visits, name="visits"),
    # Noticed
    path("<day:day>/noticed/", noticed.noticed, name="noticed"),
    path("noticed/", noticed_rows.noticed_rows, name="noticed_rows"),
    # Beyond the day
    path("week/<day:day>/", rolled_up.week, name="week"),
    path("month/<day:day>/", rolled_up.month, name="month"),
]

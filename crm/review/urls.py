from django.urls import path, register_converter

from crm.review import buying_lists, coming, past_lists, review, the_day, tomorrow, visits
from crm.review.days import DayConverter

register_converter(DayConverter, "day")

app_name = "review"
urlpatterns = [
    path("", review.review, name="today"),
    path("<day:day>/", review.review, name="review"),
    # The panels, and the rows behind their numbers
    path("<day:day>/served/", the_day.the_day, name="the_day"),
    path("visits/", visits.visits, name="visits"),
    # Tomorrow, and the buying lists
    path("<day:day>/tomorrow/", tomorrow.tomorrow, name="tomorrow"),
    path("<day:day>/coming/", coming.coming, name="coming"),
    path("lists/", past_lists.buying_lists, name="buying_lists"),
    path("lists/lines/", past_lists.listed_and_wanted, name="listed_and_wanted"),
    path("lists/lines/<uuid:buyingline>/", buying_lists.buying_line, name="buying_line"),
    path("lists/<day:day>/", buying_lists.buying_list, name="buying_list"),
    path("lists/<uuid:buyinglist>/add/", buying_lists.add_to_list, name="add_to_list"),
]

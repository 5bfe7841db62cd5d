from django.urls import path, register_converter

from crm.review import (
    asked,
    buying_lists,
    clashes,
    coming,
    customer_directory,
    decisions,
    missed,
    missed_rows,
    missing,
    missing_it,
    noticed,
    noticed_rows,
    owed,
    past_lists,
    problems,
    product_directory,
    promises,
    review,
    rolled_up,
    taps,
    the_day,
    tomorrow,
    visits,
    who_would_miss_it,
    wishes,
    wrong,
)
from crm.review.days import DayConverter

register_converter(DayConverter, "day")

app_name = "review"
urlpatterns = [
    path("", review.review, name="today"),
    path("<day:day>/", review.review, name="review"),
    # The panels, and the rows behind their numbers
    path("<day:day>/served/", the_day.the_day, name="the_day"),
    path("visits/", visits.visits, name="visits"),
    # What is owed, by either side
    path("<day:day>/owed/", owed.owed, name="owed"),
    path("promises/", promises.promises, name="promises"),
    # What went wrong, and what was asked for and not had
    path("<day:day>/wrong/", wrong.wrong, name="wrong"),
    path("<day:day>/clashes/<uuid:clash>/", clashes.clash, name="clash"),
    path("<day:day>/asked/", asked.asked, name="asked"),
    path("taps/", taps.taps, name="taps"),
    path("problems/", problems.problems, name="problems"),
    path("wishes/", wishes.wishes, name="wishes"),
    path("missing/", missing.missing, name="missing"),
    # Who would miss it, and what was decided
    path("<day:day>/who-would-miss-it/", who_would_miss_it.who_would_miss_it, name="who_would_miss_it"),
    path("who-would-miss-it/", missing_it.missing_it, name="missing_it"),
    path("who-would-miss-it/people/", missing_it.missing_people, name="missing_people"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/<uuid:decision>/", decisions.decision, name="decision"),
    path("decisions/<uuid:decision>/people/", decisions.decision_people, name="decision_people"),
    # The directories
    path("customers/", customer_directory.customers, name="customers"),
    path("products/", product_directory.products, name="products"),
    # Tomorrow, and the buying lists
    path("<day:day>/tomorrow/", tomorrow.tomorrow, name="tomorrow"),
    path("<day:day>/coming/", coming.coming, name="coming"),
    path("lists/", past_lists.buying_lists, name="buying_lists"),
    path("lists/lines/", past_lists.listed_and_wanted, name="listed_and_wanted"),
    path("lists/lines/<uuid:buyingline>/", buying_lists.buying_line, name="buying_line"),
    path("lists/<day:day>/", buying_lists.buying_list, name="buying_list"),
    path("lists/<uuid:buyinglist>/add/", buying_lists.add_to_list, name="add_to_list"),
    # Who was missed
    path("<day:day>/missed/", missed.missed, name="missed"),
    path("missed/rows/", missed_rows.missed_rows, name="missed_rows"),
    # Noticed
    path("<day:day>/noticed/", noticed.noticed, name="noticed"),
    path("noticed/", noticed_rows.noticed_rows, name="noticed_rows"),
    # Beyond the day
    path("week/<day:day>/", rolled_up.week, name="week"),
    path("month/<day:day>/", rolled_up.month, name="month"),
]

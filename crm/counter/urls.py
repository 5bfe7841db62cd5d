from django.urls import path

from crm.counter import finding, knowing, liking, problems, serving, why

app_name = "counter"
urlpatterns = [
    path("", finding.find, name="find"),
    path("new/", finding.new_customer, name="new_customer"),
    path("today/", finding.today, name="today"),
    path("visits/<uuid:visit>/", serving.visit, name="visit"),
    path("visits/<uuid:visit>/undo/", serving.undo, name="undo"),
    path("visits/<uuid:visit>/put-back/", serving.put_back, name="put_back"),
    path("<uuid:customer>/", serving.card, name="card"),
    path("<uuid:customer>/products/", serving.products, name="products"),
    path("<uuid:customer>/details/", knowing.details, name="details"),
    path("<uuid:customer>/likes/", liking.likes, name="likes"),
    path("<uuid:customer>/likes/about/<uuid:product>/", liking.about_product, name="about_product"),
    path("<uuid:customer>/likes/<uuid:preference>/", liking.like, name="like"),
    path("<uuid:customer>/likes/<uuid:preference>/take-back/", liking.take_back, name="take_back"),
    path("<uuid:customer>/likes/<uuid:preference>/confirm/", liking.confirm, name="confirm"),
    path("<uuid:customer>/noticed/", liking.noticed, name="noticed"),
    path("<uuid:customer>/why/<uuid:product>/", why.why, name="why"),
    path("<uuid:customer>/rhythm/", why.rhythm, name="rhythm"),
    path("problems/", problems.problems, name="problems"),
    path("problems/rows/", problems.problem_rows, name="problem_rows"),
    path("problems/<uuid:problem>/", problems.small_thing, name="small_thing"),
    path("<uuid:customer>/ask/", problems.ask, name="ask"),
    path("<uuid:customer>/problems/", problems.problems_of, name="problems_of"),
    path("<uuid:customer>/problems/new/", problems.new_problem, name="new_problem"),
    path("<uuid:customer>/problems/<uuid:problem>/", problems.problem, name="problem"),
]

from django.urls import path

from crm.counter import (
    blanks,
    copy,
    finding,
    follow_ups,
    households,
    knowing,
    liking,
    offline,
    problems,
    promising,
    same_person,
    serving,
    shoes,
    standing,
    standing_orders,
    tablet,
    waiting,
    who,
    why,
    wishing,
)

app_name = "counter"
urlpatterns = [
    path("", finding.find, name="find"),
    path("worker.js", offline.worker, name="worker"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("blank/<slug:name>/", blanks.blank, name="blank"),
    path("new/", finding.new_customer, name="new_customer"),
    path("copy/", copy.copy, name="copy"),
    path("today/", finding.today, name="today"),
    # The tablet itself
    path("hello/", tablet.hello, name="hello"),
    path("tablet/", tablet.tablet, name="tablet"),
    path("tablet/unpair/", tablet.unpair, name="unpair"),
    path("entries/park/", tablet.park, name="park"),
    path("entries/<uuid:entry>/seen/", tablet.seen, name="seen"),
    # Who serves on a shared tablet
    path("who/", who.who, name="who"),
    path("lock/", who.lock, name="lock"),
    path("here/", who.here, name="here"),
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
    # Wishes
    path("wishes/", waiting.wishes, name="wishes"),
    path("wishes/<uuid:product>/", waiting.whom_to_tell, name="whom_to_tell"),
    path("wishes/<uuid:product>/came-in/", waiting.came_in, name="came_in"),
    path("wishes/words/<uuid:wish>/", waiting.wish_in_words, name="wish_in_words"),
    path("wishes/words/<uuid:wish>/product/", waiting.name_wish, name="name_wish"),
    path("wishes/step/<uuid:wish>/", waiting.wish_step, name="wish_step"),
    path("<uuid:customer>/wished/", wishing.wished, name="wished"),
    path("<uuid:customer>/wishes/", wishing.ask, name="ask"),
    path("<uuid:customer>/wishes/<uuid:wish>/", wishing.wish, name="wish"),
    # Who they are to the shop
    path("<uuid:customer>/standing/", standing.standing, name="standing"),
    path("<uuid:customer>/same-person/", same_person.same_person, name="same_person"),
    path(
        "<uuid:customer>/same-person/<uuid:customermerge>/undo/",
        same_person.undo_same_person,
        name="undo_same_person",
    ),
    # in their shoes, and handing over
    path("<uuid:customer>/shoes/", shoes.shoes, name="shoes"),
    path("follow-ups/", follow_ups.follow_ups, name="follow_ups"),
    path("<uuid:customer>/household/", households.household, name="household"),
    path("<uuid:customer>/household/people/", households.household_people, name="household_people"),
    path("<uuid:customer>/household/<uuid:household>/end/", households.household_end, name="household_end"),
    path("<uuid:customer>/household/<uuid:membership>/", households.household_member, name="household_member"),
    path("<uuid:customer>/household/<uuid:membership>/first/", households.household_first, name="household_first"),
    path("<uuid:customer>/household/<uuid:membership>/leave/", households.household_leave, name="household_leave"),
    # Standing orders
    path("<uuid:customer>/standing-orders/", standing_orders.standing_orders, name="standing_orders"),
    path(
        "<uuid:customer>/standing-orders/<uuid:standingorder>/", standing_orders.standing_order, name="standing_order"
    ),
    path(
        "<uuid:customer>/standing-orders/<uuid:standingorder>/pause/", standing_orders.pause_order, name="pause_order"
    ),
    path(
        "<uuid:customer>/standing-orders/<uuid:standingorder>/resume/",
        standing_orders.resume_order,
        name="resume_order",
    ),
    path("<uuid:customer>/standing-orders/<uuid:standingorder>/end/", standing_orders.end_order, name="end_order"),
    # What went wrong
    path("problems/", problems.problems, name="problems"),
    path("problems/rows/", problems.problem_rows, name="problem_rows"),
    path("problems/<uuid:problem>/", problems.small_thing, name="small_thing"),
    path("<uuid:customer>/put-right/", problems.put_right, name="put_right"),
    path("<uuid:customer>/problems/", problems.problems_of, name="problems_of"),
    path("<uuid:customer>/problems/new/", problems.new_problem, name="new_problem"),
    path("<uuid:customer>/problems/<uuid:problem>/", problems.problem, name="problem"),
    # Promises
    path("<uuid:customer>/promised/", promising.promised, name="promised"),
    path("<uuid:customer>/promises/", promising.promises, name="promises"),
    path("<uuid:customer>/promises/<uuid:promise>/", promising.promise, name="promise"),
    path("<uuid:customer>/promises/<uuid:promise>/close/", promising.close_promise, name="close_promise"),
    path("<uuid:customer>/promises/<uuid:promise>/reopen/", promising.reopen_promise, name="reopen_promise"),
]

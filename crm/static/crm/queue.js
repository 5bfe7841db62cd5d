/* The queue: what was tapped and is not with the shop's computer yet. For the page and for the worker. */
"use strict";

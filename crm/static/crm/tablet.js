/* The tablet: every tap goes through the queue, and the header says how many wait. */
"use strict";

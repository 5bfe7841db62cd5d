/* Without a connection: the copy that the tablet keeps, and the pages that are filled from it. */
"use strict";

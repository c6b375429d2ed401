const { operator } = require("../../config");

/** What the user has to know: the AI label, whose face and voice, what is kept and for how long. */
Component({ data: { operator } });

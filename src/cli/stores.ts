/** Everything about token stores, in one piece that is loaded where it is needed. */

export { events } from "./events/read.js"

export { check } from "./store/check.js"

export { forCaches } from "./store/forCaches.js"

export { list } from "./store/list.js"

export { rekey } from "./store/rekey.js"

export { remove } from "./store/remove.js"

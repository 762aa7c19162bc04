/**
 * Everything about token stores, in one piece that is loaded where it is needed.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export { events } from "./events/read.js"

/**
 * @since 0.1.0
 */
export { check } from "./store/check.js"

/**
 * @since 0.1.0
 */
export { forCaches } from "./store/forCaches.js"

/**
 * @since 0.1.0
 */
export { list } from "./store/list.js"

/**
 * @since 0.1.0
 */
export { rekey } from "./store/rekey.js"

/**
 * @since 0.1.0
 */
export { remove } from "./store/remove.js"

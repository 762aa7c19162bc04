/**
 * The library as its users get it: the JavaScript of the last build. Its `effect` is the one of the root, as is every
 * other `effect` of the benchmark: there is none among the peers.
 */
export * from "../dist/index.js"
export * from "../dist/sql/index.js"

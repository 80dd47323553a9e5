// What a page imports for nets of its own: to build one, differentiate, plan and run it, and make profiles of what was measured.
export { bind, buildNet, gradient, measure, profilesOf, structureOf, tensor, webRuntime } from "../../src/web.js";

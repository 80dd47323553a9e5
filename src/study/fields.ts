// What the schemas of records are made of. A record's schema is its type, the documentation of its fields, and the published JSON schema.

export { list, object, optionalReal, real, whole } from "../util/json.js";

import type { Evidence } from "../../doctor/evidence.js";
import type { Site } from "../../graph/site.js";

/** Returns the module and the lines of the program of a place that was measured, as far as the file tells them. */
export function placeFields(e: Evidence, site: number | undefined): Pick<Site, "module" | "source"> {
  const { module, source } = e.readings.sites[site ?? -1] ?? {};
  return { ...(module === undefined ? {} : { module }), ...(source === undefined ? {} : { source }) };
}

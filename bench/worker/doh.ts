/** The resolver alone, as the benchmark runs it on raw workerd: the routes of production, without the registry. */
import { resolver } from "../../workers/resolver/routes.ts";

export default { fetch: resolver.fetch } satisfies ExportedHandler<Env>;

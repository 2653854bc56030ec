/* How large packages are, and how near the limits, for people and as JSON. */
#ifndef FNCTL_CLI_SIZES_H
#define FNCTL_CLI_SIZES_H

#include "core/artifact.h"
#include "core/out.h"

#include <jansson.h>

/* "api: 1.2 MB zipped, layer 5.0 MB; 16.9 MB of 262.1 MB unzipped (6 %)": on standard output, or as
 * a step on standard error. Near the limit a warning names the largest files. */
void sizes_tell(struct out *out, bool result, const char *name, const struct package *package);

/* {"size","unzipped","entries"}; null without a path. The caller's. */
json_t *sizes_artifact_json(const struct artifact *artifact);

/* {"function","layer","unzipped","unzipped_limit","other_layers","largest":[{"path","size","in"}]},
 * `largest` empty unless the limit is near. The caller's. */
json_t *sizes_json(const struct package *package);

#endif

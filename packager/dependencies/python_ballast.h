/*
 * What of installed Python packages need not be deployed.
 *
 * Careful with what looks superfluous but is read when programs run: METADATA,
 * entry_points.txt and top_level.txt (importlib.metadata: versions, plugins),
 * *.pyi (lazy_loader imports by them), licence texts, headers and data. RECORD
 * lists the files for uninstalling, INSTALLER, REQUESTED and direct_url.json
 * are the installer's own notes; without these pip and uv give the same bytes.
 */
#ifndef FNCTL_PACKAGER_DEPENDENCIES_PYTHON_BALLAST_H
#define FNCTL_PACKAGER_DEPENDENCIES_PYTHON_BALLAST_H

#include "packager/files/ignore.h"

#include <stdbool.h>

/*
 * Adds the rules for what is installed in `site`. Installers (pip, setuptools,
 * wheel) stay out unless another package there requires them. With
 * `runtime_packages` those that the runtime has, boto3 and what only it needs,
 * stay out too, unless another package requires certain versions of them, which
 * the runtime's would not be.
 */
void python_ballast_add(struct ignore *rules, const char *site, bool runtime_packages);

/*
 * Whether what a rule leaves out is needed all the same: a folder of tests that
 * its own package imports, compiled code without its source, a program in bin/
 * that is not one of the scripts pip makes for this machine.
 */
bool python_ballast_needed(const char *origin, bool folder);

#endif

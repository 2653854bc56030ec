#include "providers/local/engine/run/runtime_clients.h"

#include "core/embedded.h"
#include "core/file.h"

#include <stdlib.h>
#include <string.h>

int runtime_clients_write(const char *folder, struct err *err)
{
    static const char prefix[] = "runtime/";
    int result = 0;

    for (const struct embedded_file *file = embedded_files; file->path && result == 0; file++) {
        char *path, *parent;

        if (strncmp(file->path, prefix, strlen(prefix)) != 0)
            continue;
        path = file_join(folder, file->path + strlen(prefix));
        parent = file_folder(path);
        if (file_make_folder(parent, 0755, err) < 0 ||
            file_write(path, file->start, (size_t)(file->end - file->start), 0644, err) < 0)
            result = -1;
        free(parent);
        free(path);
    }
    return result;
}

/* The least that finding out what changed can take: walk FOLDER looks at every file below it, once.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static unsigned long look(int folder)
{
    DIR *stream = fdopendir(folder);
    unsigned long count = 0;
    struct dirent *item;
    struct stat status;

    while (stream && (item = readdir(stream)) != NULL) {
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 ||
            fstatat(dirfd(stream), item->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISDIR(status.st_mode))
            count += look(openat(dirfd(stream), item->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        else
            count++;
    }
    if (stream)
        closedir(stream);
    return count;
}

int main(int argc, char **argv)
{
    int folder = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (folder < 0) {
        perror("walk");
        return 1;
    }
    return printf("%lu files\n", look(folder)) < 0;
}

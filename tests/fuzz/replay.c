/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzz target over files and folders of files, and over some inputs everybody should stand.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input ends at the end of its memory, so that sanitizers see a step beyond it. */
static void run(const void *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static size_t run_file(const char *path)
{
    static char space[1 << 20];
    FILE *f = fopen(path, "rb");
    size_t n;

    if (!f) {
        perror(path);
        exit(1);
    }
    n = fread(space, 1, sizeof space, f);
    fclose(f);
    run(space, n);
    return 1;
}

static size_t run_folder(const char *path)
{
    struct dirent **names = NULL;
    int n = scandir(path, &names, NULL, alphasort);
    size_t ran = 0;

    for (int i = 0; i < n; i++) {
        char file[4096];
        struct stat st;

        snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
        if (stat(file, &st) == 0 && S_ISREG(st.st_mode))
            ran += run_file(file);
        free(names[i]);
    }
    free(names);
    return ran;
}

int main(int argc, char **argv)
{
    static uint8_t pattern[70000];
    size_t ran = 0;

    run("", 0);
    run("\0", 1);
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 131 >> 3);
    run(pattern, sizeof pattern);
    for (int i = 1; i < argc; i++) {
        struct stat st;

        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
            ran += run_folder(argv[i]);
        else if (stat(argv[i], &st) == 0)
            ran += run_file(argv[i]);
    }
    printf("replayed %zu inputs\n", ran);
    return 0;
}

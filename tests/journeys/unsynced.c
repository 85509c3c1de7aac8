/* Power loss: remembers of every file in a folder what was written and not yet synced, and takes it back when told.
 *
 * Loaded with LD_PRELOAD. Before a write, a truncation or a first write to a page of a file under S2B_VOLATILE, the
 * bytes that stand there are appended to a journal beside it; fsync and fdatasync of that file empty its journal.
 * After kill -9 the test puts back what the journals hold: what a disk that lost its power may have kept.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FD 4096
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The journal of a descriptor's file: "<file>.unsynced"; nothing for files that are elsewhere or are shared memory. */
static int journal_path(int fd, char *path) {
    const char *folder = getenv("S2B_VOLATILE");
    char link[64];
    if (folder == NULL || fd < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, PATH_MAX - 16);
    if (n <= 0) return 0;
    path[n] = 0;
    if (strncmp(path, folder, strlen(folder)) != 0 || strstr(path, "-shm") != NULL) return 0;
    if (strstr(path, ".db") == NULL && strstr(path, ".sqlite") == NULL) return 0;
    strcat(path, ".unsynced");
    return 1;
}

static ssize_t real_pread(int fd, void *to, size_t n, off_t at) {
    static ssize_t (*f)(int, void *, size_t, off_t);
    if (!f) f = dlsym(RTLD_NEXT, "pread64");
    return f(fd, to, n, at);
}

static ssize_t real_write(int fd, const void *from, size_t n) {
    static ssize_t (*f)(int, const void *, size_t);
    if (!f) f = dlsym(RTLD_NEXT, "write");
    return f(fd, from, n);
}

/* A record: offset, length, size of the file before, then the bytes that stood there. */
static void remember(int fd, off_t at, size_t n) {
    char path[PATH_MAX];
    struct stat before;
    if (!journal_path(fd, path) || fstat(fd, &before) != 0) return;
    size_t stood = at >= before.st_size ? 0 : (size_t)(before.st_size - at) < n ? (size_t)(before.st_size - at) : n;
    unsigned char *record = malloc(24 + stood);
    if (record == NULL) return;
    int64_t head[3] = {at, (int64_t)stood, before.st_size};
    memcpy(record, head, 24);
    if (stood > 0 && real_pread(fd, record + 24, stood, at) != (ssize_t)stood) { free(record); return; }
    pthread_mutex_lock(&lock);
    int journal = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (journal >= 0) {
        if (real_write(journal, record, 24 + stood) < 0) abort();
        close(journal);
    }
    pthread_mutex_unlock(&lock);
    free(record);
}

static void forget(int fd) {
    char path[PATH_MAX];
    if (journal_path(fd, path)) unlink(path);
}

#define SYNC(name)                                       \
    int name(int fd) {                                   \
        static int (*f)(int);                            \
        if (!f) f = dlsym(RTLD_NEXT, #name);             \
        int done = f(fd);                                \
        if (done == 0) forget(fd);                       \
        return done;                                     \
    }
SYNC(fsync)
SYNC(fdatasync)

#define PWRITE(name)                                                 \
    ssize_t name(int fd, const void *from, size_t n, off_t at) {     \
        static ssize_t (*f)(int, const void *, size_t, off_t);       \
        if (!f) f = dlsym(RTLD_NEXT, #name);                         \
        remember(fd, at, n);                                         \
        return f(fd, from, n, at);                                   \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t write(int fd, const void *from, size_t n) {
    remember(fd, lseek(fd, 0, SEEK_CUR), n);
    return real_write(fd, from, n);
}

#define TRUNCATE(name)                                               \
    int name(int fd, off_t size) {                                   \
        static int (*f)(int, off_t);                                 \
        if (!f) f = dlsym(RTLD_NEXT, #name);                         \
        struct stat before;                                          \
        if (fstat(fd, &before) == 0 && before.st_size > size)        \
            remember(fd, size, (size_t)(before.st_size - size));     \
        return f(fd, size);                                          \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

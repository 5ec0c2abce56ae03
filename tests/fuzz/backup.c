/*
 * The archive of a backup, from wherever it comes: it is refused with a sentence, or read; in any
 * case there are only plain files below the directory, and nothing new beside it.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <ftw.h>
#include <string.h>
#include <unistd.h>

#include "backup/backup.h"
#include "base/rmtree.h"
#include "fuzz.h"
#include "realm.h"

FUZZ_INIT(fuzz_realm_init)

static int
check_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	DEMAND(type == FTW_F || type == FTW_D);
	DEMAND(type == FTW_D || (S_ISREG(st->st_mode) && (st->st_mode & 07177) == 0));
	DEMAND(strstr(path, "..") == NULL);
	return 0;
}

/* How many names the directory has. */
static size_t
count_names(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, NULL);

	DEMAND(n >= 0);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return (size_t)n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char directory[sizeof(fuzz_config.state) + 16], error[512] = "";
	int fd = fuzz_realm_file(data, size);

	snprintf(directory, sizeof(directory), "%s/restored", fuzz_config.state);
	DEMAND(mkdir(directory, 0700) == 0);
	size_t before = count_names(fuzz_config.state);
	int result = backup_read(fd, directory, fuzz_config.realm, error, sizeof(error));
	DEMAND(result == 0 || error[0] != '\0');
	DEMAND(count_names(fuzz_config.state) == before);
	DEMAND(nftw(directory, check_file, 16, FTW_PHYS) == 0);
	DEMAND(rmtree(directory) == 0);
	close(fd);
	return 0;
}

/*
 * The configuration: a file is refused with a line that says why, or read; then what is printed of
 * it reads as the same.
 */
#include <bsd/string.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "fuzz.h"
#include "realm.h"

const unsigned int fuzz_mutations = 30;

static int
load(struct config *config, const void *data, size_t len)
{
	char path[32], error[1024] = "";
	int fd = fuzz_realm_file(data, len);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int result = config_load(config, path, error, sizeof(error));
	close(fd);
	DEMAND((result == 0) == (error[0] == '\0') || result == 0);
	DEMAND(strlen(error) < sizeof(error));
	return result;
}

static char *
print(const struct config *config, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	DEMAND(out != NULL && config_print(config, out) == 0 && fclose(out) == 0);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config, again;
	size_t len, again_len;

	/* Files that others name are the administrator's, and may be anything. */
	if (memmem(data, size, "include", 7) != NULL || load(&config, data, size) != 0)
		return 0;
	char *text = print(&config, &len);
	DEMAND(load(&again, text, len) == 0);
	char *again_text = print(&again, &again_len);
	DEMAND(len == again_len && memcmp(text, again_text, len) == 0);
	free(text);
	free(again_text);
	config_free(&config);
	config_free(&again);
	return 0;
}

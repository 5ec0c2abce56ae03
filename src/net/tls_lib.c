/* tls_lib: libtls, loaded only by processes that speak TLS. Who uses it how is not its business. */
#include "net/tls_lib.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The one thing that is remembered here: a library is loaded but once. */
static struct tls_lib lib;
static bool loaded;

/* POSIX has functions fit into what dlsym() gives; C has no conversion for that. */
static bool
find(void *handle, const char *name, void *pointer, size_t size)
{
	void *found = dlsym(handle, name);

	memcpy(pointer, &found, size);
	return found != NULL;
}

static bool
find_all(void *handle)
{
	bool all = true;

	_Static_assert(sizeof(lib.tls_read) == sizeof(void *), "a function's address is no other");
#define FIND(name) all = find(handle, #name, &lib.name, sizeof(lib.name)) && all;
	TLS_LIB_FUNCTIONS(FIND)
	return all;
}

const struct tls_lib *
tls_lib(char *error, size_t size)
{
	void *handle;

	if (loaded)
		return &lib;
	handle = dlopen(KABAR_LIBTLS, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL || !find_all(handle)) {
		snprintf(error, size, "TLS cannot be spoken: %s", dlerror());
		return NULL;
	}
	loaded = true;
	return &lib;
}

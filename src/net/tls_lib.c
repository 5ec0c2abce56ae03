/* tls_lib: the functions of libtls by dlopen() and dlsym(). */
#include "net/tls_lib.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* A library is loaded once. */
static struct tls_lib lib;
static void *handle; /* NULL: not loaded */

/* POSIX lets a function's address be a void pointer; C has no conversion for that. */
bool
tls_lib_find(const char *name, void *pointer, size_t size)
{
	void *found = dlsym(handle, name);

	memcpy(pointer, &found, size);
	return found != NULL;
}

static bool
find_symbols(void)
{
	bool all = true;

	_Static_assert(sizeof(lib.tls_read) == sizeof(void *), "a function's address is no other");
#define FIND(name) all = tls_lib_find(#name, &lib.name, sizeof(lib.name)) && all;
	TLS_LIB_FUNCTIONS(FIND)
	return all;
}

const struct tls_lib *
tls_lib(char *error, size_t size)
{
	if (handle != NULL)
		return &lib;
	handle = dlopen(KABAR_LIBTLS, RTLD_NOW | RTLD_LOCAL);
	if (handle != NULL && find_symbols())
		return &lib;
	snprintf(error, size, "TLS cannot be spoken: %s", dlerror());
	handle = NULL;
	return NULL;
}

/* A client of the dialect login. */
#include "dialog.h"

const unsigned int fuzz_mutations = 60;

FUZZ_DIALOG("login", "192.0.2.1")

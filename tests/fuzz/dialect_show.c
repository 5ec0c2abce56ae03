/* A client of the dialect show. */
#include "dialog.h"

const unsigned int fuzz_mutations = 60;

FUZZ_DIALOG("show", "192.0.2.1")

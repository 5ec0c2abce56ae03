/* A client of the dialect files. */
#include "dialog.h"

const unsigned int fuzz_mutations = 60;

FUZZ_DIALOG("files", "192.0.2.1")

/* A client of the dialect room. */
#include "dialog.h"

const unsigned int fuzz_mutations = 60;

FUZZ_DIALOG("room", "192.0.2.1")

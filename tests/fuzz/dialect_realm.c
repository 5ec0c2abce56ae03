/* A client of the dialect realm. */
#include "dialog.h"

const unsigned int fuzz_mutations = 60;

FUZZ_DIALOG("realm", "192.0.2.1")

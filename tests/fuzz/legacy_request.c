/* An older server, which asks on a listener of the dialect realm. */
#include "dialog.h"

const unsigned int fuzz_mutations = 60;

FUZZ_DIALOG("realm", FUZZ_LEGACY)

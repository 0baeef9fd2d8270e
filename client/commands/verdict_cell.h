// A verdict in a table.
#ifndef MLFSC_CLIENT_COMMANDS_VERDICT_CELL_H_
#define MLFSC_CLIENT_COMMANDS_VERDICT_CELL_H_

#include "client/terminal/table.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// The verdict in its colour: green, yellow, red.
Cell VerdictCell(v1::Verdict verdict);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_VERDICT_CELL_H_

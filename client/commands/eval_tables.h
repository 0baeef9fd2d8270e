// What `eval` prints for people.
#ifndef MLFSC_CLIENT_COMMANDS_EVAL_TABLES_H_
#define MLFSC_CLIENT_COMMANDS_EVAL_TABLES_H_

#include "client/commands/test_set.h"
#include "client/evaluation/evaluation.h"
#include "client/terminal/terminal.h"

namespace mlfsc::client {

// Kind by kind, and what the two thresholds do.
void PrintEvaluation(const Evaluation& evaluation, const Terminal& terminal);

// Where to look first: of each kind the heatmap of the picture with the largest score. `answers` has
// heatmaps.
void PrintClearestHeatmaps(const TestSetAnswers& answers, const Terminal& terminal);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_EVAL_TABLES_H_

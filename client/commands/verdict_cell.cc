#include "client/commands/verdict_cell.h"

#include "client/commands/option_names.h"

namespace mlfsc::client {

Cell VerdictCell(v1::Verdict verdict) {
  Color color = Color::kNone;
  if (verdict == v1::OK) color = Color::kGreen;
  if (verdict == v1::REVIEW) color = Color::kYellow;
  if (verdict == v1::NOK) color = Color::kRed;
  return Cell(Name(verdict), color);
}

}  // namespace mlfsc::client

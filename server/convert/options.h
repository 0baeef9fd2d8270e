// A category's options, both ways.
#ifndef MLFSC_SERVER_CONVERT_OPTIONS_H_
#define MLFSC_SERVER_CONVERT_OPTIONS_H_

#include "absl/status/statusor.h"
#include "core/bundle/category_options.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc {

// What is left out takes the default of the feature source, and the counts of top residuals and patches the
// default's share of the grid that results. InvalidArgument that names the field, its value and the limit.
absl::StatusOr<CategoryOptions> ToCategoryOptions(const v1::CategoryOptions& proto);

// Every field is set.
v1::CategoryOptions ToProto(const CategoryOptions& options);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CONVERT_OPTIONS_H_

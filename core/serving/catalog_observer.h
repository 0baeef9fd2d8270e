// What a catalog tells of its categories.
#ifndef MLFSC_CORE_SERVING_CATALOG_OBSERVER_H_
#define MLFSC_CORE_SERVING_CATALOG_OBSERVER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace mlfsc {

// Called from any thread, one call at a time and in the order of what happened; must not call the catalog.
class CatalogObserver {
 public:
  virtual ~CatalogObserver() = default;

  // Another version answers for the category, or something else is wrong with it. `version`: 0 when none
  // answers. `status`: why the active version does not; Ok when it does, or there is none.
  virtual void OnCategory(const std::string& category, int64_t version, const absl::Status& status) = 0;
  // What there is to know of a version that answers from now on: ArithmeticNote.
  virtual void OnNote(const std::string& category, int64_t version, const std::string& note) = 0;
  virtual void OnCategoryGone(const std::string& category) = 0;

  // The store cannot be listed any more, for a reason that has changed; Ok: it can again. What answers goes
  // on answering.
  virtual void OnStore(const absl::Status& status) = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_CATALOG_OBSERVER_H_

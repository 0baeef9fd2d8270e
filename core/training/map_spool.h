// Features and residuals of pictures in a Spool.
#ifndef MLFSC_CORE_TRAINING_MAP_SPOOL_H_
#define MLFSC_CORE_TRAINING_MAP_SPOOL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/training/spool.h"

namespace mlfsc {

// Spools one std::vector<Map> a picture; Map is FeatureMap or ResidualMap: a header and float32 `values`.
// Errors are Spool's. Not thread-safe.
template <typename Map>
class MapSpool {
 public:
  // `shape`: the maps that every picture has; their values are not looked at but for their number.
  static absl::StatusOr<std::unique_ptr<MapSpool>> Create(const SpoolPlace& place, std::vector<Map> shape) {
    size_t floats = 0;
    for (const Map& map : shape) floats += map.values.size();
    absl::StatusOr<std::unique_ptr<Spool>> spool = Spool::Create(place, floats);
    if (!spool.ok()) return spool.status();
    return std::unique_ptr<MapSpool>(new MapSpool(*std::move(spool), std::move(shape)));
  }

  int64_t pictures() const {
    return kept_.has_value() ? static_cast<int64_t>(kept_->size()) : spool_->records();
  }

  // From now on the pictures are only these, in this order: picture i is what picture `pictures[i]` was.
  // Nothing is appended afterwards.
  void KeepOnly(const std::vector<int64_t>& pictures) {
    std::vector<int64_t> records;
    records.reserve(pictures.size());
    for (const int64_t picture : pictures) records.push_back(RecordOf(picture));
    kept_ = std::move(records);
  }

  // `maps`: shaped as in Create.
  absl::Status Append(const std::vector<Map>& maps) {
    std::vector<absl::Span<const float>> parts;
    parts.reserve(maps.size());
    for (const Map& map : maps) parts.emplace_back(map.values);
    return spool_->Append(parts);
  }

  absl::StatusOr<std::vector<Map>> Read(int64_t picture) const {
    std::vector<Map> maps = shape_;
    std::vector<absl::Span<float>> parts;
    parts.reserve(maps.size());
    for (Map& map : maps) parts.push_back(absl::MakeSpan(map.values));
    if (absl::Status status = spool_->Read(RecordOf(picture), parts); !status.ok()) return status;
    return maps;
  }

 private:
  MapSpool(std::unique_ptr<Spool> spool, std::vector<Map> shape)
      : spool_(std::move(spool)), shape_(std::move(shape)) {}

  int64_t RecordOf(int64_t picture) const { return kept_.has_value() ? (*kept_)[picture] : picture; }

  const std::unique_ptr<Spool> spool_;
  const std::vector<Map> shape_;
  std::optional<std::vector<int64_t>> kept_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_MAP_SPOOL_H_

#include "core/serving/catalog.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/nearest_name.h"
#include "core/base/unshared.h"
#include "core/bundle/arithmetic.h"
#include "core/coding/instruction_set.h"

namespace mlfsc {
namespace {

// Whether two readings of `active` say the same.
bool SameReading(const absl::StatusOr<int64_t>& a, const absl::StatusOr<int64_t>& b) {
  return a.ok() && b.ok() ? *a == *b : a.status() == b.status();
}

absl::Status CannotServe(const absl::Status& status) {
  return status.ok() ? absl::OkStatus() : Unshared(status);
}

}  // namespace

Catalog::Catalog(BundleStore* store, std::string backbone_sha256, Clock* clock, const CatalogOptions& options)
    : store_(store),
      backbone_sha256_(std::move(backbone_sha256)),
      clock_(clock),
      options_(options),
      models_({[this](const ModelCache::Name& name) { return Load(name); },
               [this](const ModelCache::Name& name) { return store_->Stamp(name.first, name.second); }},
              {options.max_loaded, options.max_loaded_bytes}, options.retry_unusable_after, clock),
      index_(store) {}

void Catalog::SetObserver(CatalogObserver* observer) {
  MutexLock lock(&refresh_mutex_);
  observer_ = observer;
}

absl::Status Catalog::CheckAll(ThreadPool* pool) {
  const absl::StatusOr<std::vector<std::string>> categories = store_->Categories();
  if (!categories.ok()) return categories.status();
  const auto check = [&](int64_t index) {
    const std::string& category = (*categories)[static_cast<size_t>(index)];
    index_.Read(category);
    View view;
    view.active = store_->ActiveVersion(category);
    if (absl::IsNotFound(view.active.status())) return;
    view.status = view.active.status();
    if (view.active.ok() && *view.active > 0) {
      const absl::StatusOr<Manifest> manifest = store_->CheckVersion(category, *view.active);
      view.status = manifest.ok() ? CheckBackbone({category, *view.active}, *manifest) : manifest.status();
      if (view.status.ok()) view.serving = *view.active;
    }
    MutexLock lock(&refresh_mutex_);
    SetView(category, view);
  };
  ParallelFor(pool, static_cast<int64_t>(categories->size()), check);
  index_.SetComplete();
  return absl::OkStatus();
}

void Catalog::Preload(ThreadPool* pool, const std::function<bool()>& stop) {
  const std::vector<std::string> categories = ViewNames();
  const auto load = [&](int64_t index) {
    if (stop()) return;
    const std::string& category = categories[static_cast<size_t>(index)];
    const std::optional<View> view = ViewOf(category);
    if (!view.has_value() || view->serving == 0) return;
    const ModelCache::Name name = {category, view->serving};
    const bool sound = models_.IsFull() ? LoadBundle(name).ok() : models_.Acquire(name).ok();
    if (!sound) RefreshCategory(category);
  };
  ParallelFor(pool, static_cast<int64_t>(categories.size()), load);
}

std::vector<std::string> Catalog::ViewNames() const {
  std::vector<std::string> names;
  MutexLock lock(&mutex_);
  for (const auto& [category, view] : views_) names.push_back(category);
  return names;
}

absl::Status Catalog::Refresh() {
  const absl::StatusOr<std::vector<std::string>> categories = store_->Categories();
  if (!categories.ok()) return categories.status();
  index_.Refresh(*categories);
  std::set<std::string> names(categories->begin(), categories->end());
  {
    MutexLock lock(&mutex_);
    for (const auto& [category, view] : views_) names.insert(category);
  }
  for (const std::string& category : names) {
    const std::optional<View> view = ViewOf(category);
    if (!view.has_value() || !view->status.ok() ||
        !SameReading(view->active, store_->ActiveVersion(category))) {
      RefreshCategory(category);
    }
  }
  DropGone();
  return absl::OkStatus();
}

void Catalog::DropGone() {
  for (const ModelCache::Name& name : models_.Loaded()) {
    const std::optional<View> view = ViewOf(name.first);
    // The one that answers does so until another one can.
    if (view.has_value() && view->serving == name.second) continue;
    const absl::StatusOr<bool> there = store_->HasVersion(name.first, name.second);
    if (there.ok() && !*there) models_.Drop(name);
  }
}

absl::StatusOr<int64_t> Catalog::ReadActive(const std::string& category) const {
  absl::StatusOr<int64_t> active = store_->ActiveVersion(category);
  if (!absl::IsNotFound(active.status())) return active;
  // With the store's folder gone no category can be told from one that never was.
  const absl::Status store = store_->Categories().status();
  return store.ok() ? active : absl::StatusOr<int64_t>(store);
}

void Catalog::RefreshCategory(const std::string& category) {
  // `active` may change while what it names is loaded; whoever changes it refreshes as well.
  constexpr int kAttempts = 3;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    View view;
    view.active = ReadActive(category);
    view.status = CannotServe(view.active.status());
    if (view.active.ok() && *view.active > 0) {
      view.status = CannotServe(models_.Acquire({category, *view.active}).status());
      if (view.status.ok()) view.serving = *view.active;
    }
    MutexLock lock(&refresh_mutex_);
    if (!SameReading(view.active, ReadActive(category)) && attempt + 1 < kAttempts) continue;
    if (absl::IsNotFound(view.active.status())) return RemoveView(category);
    const std::optional<View> before = ViewOf(category);
    // Any name may be asked for while the store cannot be read.
    if (!before.has_value() && !view.active.ok() && !absl::IsDataLoss(view.active.status())) return;
    if (!view.status.ok()) {
      // The one before answers on, unless it is that which cannot.
      if (before.has_value() && (!view.active.ok() || before->serving != *view.active)) {
        view.serving = before->serving;
      }
    }
    return SetView(category, view);
  }
}

std::optional<Catalog::View> Catalog::ViewOf(const std::string& category) const {
  MutexLock lock(&mutex_);
  const auto found = views_.find(category);
  if (found == views_.end()) return std::nullopt;
  View view;
  view.serving = found->second.serving;
  view.status = CannotServe(found->second.status);
  view.active = found->second.active.ok() ? found->second.active
                                          : absl::StatusOr<int64_t>(Unshared(found->second.active.status()));
  return view;
}

void Catalog::SetView(const std::string& category, const View& view) {
  const std::optional<View> before = ViewOf(category);
  {
    MutexLock lock(&mutex_);
    View& kept = views_[category];
    kept.serving = view.serving;
    kept.status = CannotServe(view.status);
    kept.active = view.active.ok() ? view.active : absl::StatusOr<int64_t>(Unshared(view.active.status()));
  }
  if (before.has_value() && before->serving == view.serving && before->status == view.status) return;
  if (before.has_value() && before->serving != 0 && before->serving != view.serving) {
    models_.Drop({category, before->serving});
  }
  if (observer_ == nullptr) return;
  observer_->OnCategory(category, view.serving, view.status);
  if (view.serving == 0 || (before.has_value() && before->serving == view.serving)) return;
  const std::optional<Provenance> learnt = index_.ProvenanceOf(category, view.serving);
  const std::string note = learnt.has_value() ? NoteOf(*learnt) : "";
  if (!note.empty()) observer_->OnNote(category, view.serving, note);
}

void Catalog::RemoveView(const std::string& category) {
  {
    MutexLock lock(&mutex_);
    if (views_.erase(category) == 0) return;
  }
  models_.DropCategory(category);
  if (observer_ != nullptr) observer_->OnCategoryGone(category);
}

absl::StatusOr<std::shared_ptr<const CategoryModel>> Catalog::Acquire(const std::string& category,
                                                                      int64_t version) {
  const absl::StatusOr<int64_t> number = VersionNumber(category, version);
  if (!number.ok()) return number.status();
  absl::StatusOr<ModelCache::Model> model = models_.Acquire({category, *number});
  if (model.ok() || version > 0) return model;
  // It answered a moment ago: retired or replaced by another server since, or damaged.
  RefreshCategory(category);
  const absl::StatusOr<int64_t> now = VersionNumber(category, 0);
  if (!now.ok()) return now.status();
  return *now == *number ? model : models_.Acquire({category, *now});
}

std::optional<absl::StatusOr<std::shared_ptr<const CategoryModel>>> Catalog::TryAcquire(
    const std::string& category, int64_t version) {
  const absl::StatusOr<int64_t> number = KnownVersion(category, version);
  if (!number.ok()) return number.status();
  if (*number == 0) return std::nullopt;
  std::optional<absl::StatusOr<ModelCache::Model>> model = models_.Peek({category, *number});
  // Of what answered a moment ago: Acquire asks the store what does now.
  if (model.has_value() && !model->ok() && version == 0) return std::nullopt;
  return model;
}

absl::StatusOr<int64_t> Catalog::KnownVersion(const std::string& category, int64_t version) const {
  if (const absl::Status status = ValidateCategoryName(category); !status.ok()) return status;
  if (version < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("version is ", version, "; versions begin at 1, and 0 means the active one"));
  }
  const bool complete = index_.complete();
  if (version > 0) {
    const absl::Status known = complete ? index_.CheckVersion(category, version) : absl::OkStatus();
    return known.ok() ? absl::StatusOr<int64_t>(version) : known;
  }
  const std::optional<View> view = ViewOf(category);
  if (view.has_value() && view->serving > 0) return view->serving;
  if (view.has_value() && view->status.ok()) {
    return absl::FailedPreconditionError(absl::StrCat("category ", category, " has no active version"));
  }
  if (!complete) return 0;
  if (view.has_value()) return view->status;
  const absl::Status known = index_.Get(category).status();
  return known.ok() ? absl::StatusOr<int64_t>(0) : known;
}

absl::StatusOr<int64_t> Catalog::VersionNumber(const std::string& category, int64_t version) {
  absl::StatusOr<int64_t> known = KnownVersion(category, version);
  if (!known.ok() || *known > 0) return known;
  // New since the last look, or perhaps mended.
  RefreshCategory(category);
  const std::optional<View> view = ViewOf(category);
  if (!view.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("there is no category '", category, "'", DidYouMean(category, ViewNames())));
  }
  if (view->serving > 0) return view->serving;
  if (!view->status.ok()) return view->status;
  return absl::FailedPreconditionError(absl::StrCat("category ", category, " has no active version"));
}

int Catalog::serving() const {
  MutexLock lock(&mutex_);
  int count = 0;
  for (const auto& [category, view] : views_) count += view.serving > 0 ? 1 : 0;
  return count;
}

absl::StatusOr<std::vector<CategoryListing>> Catalog::List() const {
  absl::StatusOr<std::vector<CategoryListing>> listings =
      index_.complete() ? absl::StatusOr<std::vector<CategoryListing>>(index_.List()) : store_->List();
  if (listings.ok()) {
    for (CategoryListing& listing : *listings) AddErrors(&listing);
  }
  return listings;
}

absl::StatusOr<CategoryListing> Catalog::Get(const std::string& category) const {
  if (const absl::Status status = ValidateCategoryName(category); !status.ok()) return status;
  absl::StatusOr<CategoryListing> listing = index_.complete() ? index_.Get(category) : store_->Get(category);
  if (listing.ok()) AddErrors(&*listing);
  return listing;
}

void Catalog::AddErrors(CategoryListing* listing) const {
  const std::optional<View> view = ViewOf(listing->category);
  for (VersionListing& version : listing->versions) {
    if (!version.manifest.ok()) continue;
    version.note = NoteOf(version.manifest->provenance);
    absl::Status error = models_.ErrorOf({listing->category, version.version});
    if (error.ok() && view.has_value() && view->active.ok() && *view->active == version.version) {
      error = view->status;
    }
    if (absl::IsDataLoss(error)) version.manifest = error;
  }
}

std::string Catalog::NoteOf(const Provenance& learnt) const {
  return ArithmeticNote(learnt, options_.arithmetic, InstructionSet());
}

absl::StatusOr<Bundle> Catalog::LoadBundle(const ModelCache::Name& name) const {
  absl::StatusOr<Bundle> bundle = store_->Load(name.first, name.second);
  if (!bundle.ok()) return bundle;
  if (const absl::Status status = CheckBackbone(name, bundle->manifest); !status.ok()) return status;
  return bundle;
}

absl::StatusOr<ModelCache::Model> Catalog::Load(const ModelCache::Name& name) const {
  absl::StatusOr<Bundle> bundle = LoadBundle(name);
  if (!bundle.ok()) return bundle.status();
  return CategoryModel::Make(name.first, name.second, *std::move(bundle), options_.make_coder);
}

absl::Status Catalog::CheckBackbone(const ModelCache::Name& name, const Manifest& manifest) const {
  const std::string& needed = manifest.provenance.backbone_sha256;
  if (manifest.options.features.source == FeatureSource::kPixels || needed == backbone_sha256_) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat("category ", name.first, " version ", name.second,
                                                    " was learnt on the backbone with SHA-256 ", needed,
                                                    "; this server runs ", backbone_sha256_));
}

}  // namespace mlfsc

#include "core/Metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

namespace spokehub
{

struct Metrics::Impl
{
    prometheus::Registry registry;
    std::mutex mutex;
    std::vector<std::function<void()>> refreshes;
};

Metrics::Metrics() : _impl(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Counter::add(std::int64_t by) const
{
    if (_series != nullptr)
        _series->Increment(static_cast<double>(by));
}

void Gauge::set(std::int64_t value) const
{
    if (_series != nullptr)
        _series->Set(static_cast<double>(value));
}

void Gauge::add(std::int64_t by) const
{
    if (_series != nullptr)
        _series->Increment(static_cast<double>(by));
}

void Histogram::observe(std::chrono::microseconds took) const
{
    if (_series != nullptr)
        _series->Observe(std::chrono::duration<double>(took).count());
}

void Histogram::observe(std::int64_t value) const
{
    if (_series != nullptr)
        _series->Observe(static_cast<double>(value));
}

Counter Metrics::counter(const std::string& name, const std::string& help,
                         const MetricLabels& labels)
{
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(_impl->registry);
    return Counter(&family.Add(labels));
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const MetricLabels& labels)
{
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(_impl->registry);
    return Gauge(&family.Add(labels));
}

Histogram Metrics::histogram(const std::string& name, const std::string& help,
                             const std::vector<double>& buckets, const MetricLabels& labels)
{
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(_impl->registry);
    return Histogram(&family.Add(labels, buckets));
}

void Metrics::beforeExpose(std::function<void()> refresh)
{
    const std::lock_guard lock(_impl->mutex);
    _impl->refreshes.push_back(std::move(refresh));
}

std::string Metrics::expose() const
{
    {
        const std::lock_guard lock(_impl->mutex);
        for (const auto& refresh : _impl->refreshes)
            refresh();
    }
    return prometheus::TextSerializer().Serialize(_impl->registry.Collect());
}

const std::vector<double>& latencyBuckets()
{
    static const std::vector<double> bounds{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                            0.1,    0.2,   0.5,   1,     2,    5,    10};
    return bounds;
}

} // namespace spokehub

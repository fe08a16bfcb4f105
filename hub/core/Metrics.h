#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus
{
class Counter;
class Gauge;
class Histogram;
} // namespace prometheus

namespace spokehub
{

/// Never take a label's value from outside (a path, an unknown channel's name): each new one is a
/// series for ever.
using MetricLabels = std::map<std::string, std::string>;

/// Handles to one series each: cheap to copy, thread-safe, good as long as their Metrics. One that
/// came from no Metrics measures nothing.
class Counter
{
public:
    Counter() = default;
    void add(std::int64_t by = 1) const;

private:
    friend class Metrics;
    explicit Counter(prometheus::Counter* series) : _series(series) {}
    prometheus::Counter* _series = nullptr;
};

class Gauge
{
public:
    Gauge() = default;
    void set(std::int64_t value) const;
    void add(std::int64_t by) const;

private:
    friend class Metrics;
    explicit Gauge(prometheus::Gauge* series) : _series(series) {}
    prometheus::Gauge* _series = nullptr;
};

class Histogram
{
public:
    Histogram() = default;
    void observe(std::chrono::microseconds took) const; // shown in seconds
    void observe(std::int64_t value) const;

private:
    friend class Metrics;
    explicit Histogram(prometheus::Histogram* series) : _series(series) {}
    prometheus::Histogram* _series = nullptr;
};

/// What the hub measures of itself, shown as Prometheus text. Asked twice for the same name and
/// labels, it gives the same series; a name that is malformed or already of another kind is a bug
/// and throws. Thread-safe.
class Metrics
{
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    Counter counter(const std::string& name, const std::string& help,
                    const MetricLabels& labels = {});
    Gauge gauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
    /// Buckets are upper bounds, ascending: seconds for durations.
    Histogram histogram(const std::string& name, const std::string& help,
                        const std::vector<double>& buckets, const MetricLabels& labels = {});

    /// Called before each exposition, for gauges whose value is only known when asked (a queue's
    /// length).
    void beforeExpose(std::function<void()> refresh);
    std::string expose() const;

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

/// Bounds for what should take milliseconds: 0.5 ms to 10 s.
const std::vector<double>& latencyBuckets();

} // namespace spokehub

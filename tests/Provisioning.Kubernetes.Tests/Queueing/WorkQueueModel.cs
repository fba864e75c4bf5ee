namespace Provisioning.Kubernetes.Tests.Queueing;

/// <summary>What the queue must do, as plainly as possible: a list that is searched anew each time.</summary>
internal sealed class WorkQueueModel
{
    private readonly List<Item> _items = [];
    private long _order;
    private int _now;

    public IEnumerable<int> Processing => _items.Where(item => item.IsProcessing).Select(item => item.Key);

    public void Add(int key, int delay, int priority)
    {
        var item = _items.Find(i => i.Key == key);
        if (item is null)
            _items.Add(item = new Item(key));
        if (!item.IsPending)
        {
            (item.IsPending, item.ReadyAt, item.Priority, item.Order) = (true, _now + delay, priority, ++_order);
            item.IsReady = delay == 0;
            return;
        }

        if (priority > item.Priority)
            (item.Priority, item.Order) = (priority, ++_order);
        if (!item.IsReady && _now + delay < item.ReadyAt)
            (item.ReadyAt, item.Order) = (_now + delay, ++_order);
        BecomeReady();
    }

    public void Advance(int by)
    {
        _now += by;
        BecomeReady();
    }

    public int? Take()
    {
        var next = _items.Where(i => i is { IsPending: true, IsReady: true, IsProcessing: false }).OrderByDescending(i => i.Priority).ThenBy(i => i.Order).FirstOrDefault();
        if (next is null)
            return null;
        (next.IsPending, next.IsReady, next.IsProcessing) = (false, false, true);
        return next.Key;
    }

    public void Done(int key)
    {
        var item = _items.Single(i => i.Key == key);
        item.IsProcessing = false;
    }

    private void BecomeReady()
    {
        foreach (var item in _items.Where(i => i is { IsPending: true, IsReady: false } && i.ReadyAt <= _now).OrderBy(i => i.ReadyAt).ThenBy(i => i.Order).ToList())
            (item.IsReady, item.Order) = (true, ++_order);
    }

    private sealed class Item(int key)
    {
        public int Key => key;

        public bool IsPending { get; set; }

        public bool IsReady { get; set; }

        public bool IsProcessing { get; set; }

        public int Priority { get; set; }

        public int ReadyAt { get; set; }

        public long Order { get; set; }
    }
}

using NLua;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;

namespace Provisioning.Core.Tests.Health;

/// <summary>Runs the health check that we give to users of Argo CD, in a real Lua. Argo CD runs it alike: the object as the global table obj, the answer a table.</summary>
internal sealed class ArgoHealth : IDisposable
{
    private readonly Lua _lua = new();
    private readonly string _script = File.ReadAllText(SourceTree.File("docs/examples/gitops/argocd/resource_customizations/provisioning.dev/Node/health.lua"));

    public (string Status, string Message) Of(ObjectMeta metadata, NodeStatus? status)
    {
        _lua.NewTable("obj");
        _lua.NewTable("obj.metadata");
        _lua["obj.metadata.generation"] = metadata.Generation ?? 0;
        if (status is not null)
            SetStatus(status);

        var answer = (LuaTable)_lua.DoString(_script, "health.lua")[0];
        return ((string)answer["status"], (string)answer["message"]);
    }

    public void Dispose() => _lua.Dispose();

    private void SetStatus(NodeStatus status)
    {
        _lua.NewTable("obj.status");
        _lua["obj.status.observedGeneration"] = status.ObservedGeneration;
        _lua.NewTable("obj.status.conditions");
        var conditions = _lua.GetTable("obj.status.conditions");
        for (var i = 0; i < status.Conditions.Count; i++)
        {
            _lua.NewTable("condition");
            var condition = _lua.GetTable("condition");
            condition["type"] = status.Conditions[i].Type;
            condition["status"] = status.Conditions[i].Status.ToString();
            condition["reason"] = status.Conditions[i].Reason;
            condition["message"] = status.Conditions[i].Message;
            conditions[i + 1] = condition;
        }
    }
}

using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>todo</c>. The list is the state's <c>items</c>; Home Assistant counts the open ones. Actions name an item
/// by its <c>uid</c>.
/// </summary>
internal sealed class TodoPlatform : PlatformDefinition
{
    public TodoPlatform()
        : base("todo")
    {
        FeatureNames(
            "create_todo_item", "delete_todo_item", "update_todo_item", "move_todo_item", "set_due_date_on_item",
            "set_due_datetime_on_item", "set_description_on_item");

        var uid = new TextRule();
        var text = new TextRule { Max = RecordsRule.MaxText };
        var status = new WordRule { Words = new OptionSet(["needs_action", "completed"]) };
        State = new NumberRule { Min = 0, Whole = true };
        Attribute("items", new RecordsRule(
            new MemberRule("uid", uid) { Required = true },
            new MemberRule("summary", text) { Required = true },
            new MemberRule("status", status) { Default = "\"needs_action\""u8.ToArray() },
            new MemberRule("due", new EitherRule(new TimeRule(), new DateRule())),
            new MemberRule("description", text),
            new MemberRule("completed", new TimeRule())) { Identified = true });

        // A second call would add a second item.
        AddDetails(Action(new ActionRule("add_item") { Features = ["create_todo_item"], Idempotent = false })
            .Required("item", text), rule => rule);
        AddDetails(
            Action("update_item", "update_todo_item")
                .Required("item", uid)
                .Param("rename", text)
                .Param("status", status),
            rule => new ClearableRule(rule));
        Action("remove_item", "delete_todo_item").Required("item", new ListRule(uid));

        // Home Assistant's WebSocket message of that name has these members.
        Action("move_item", "move_todo_item").Required("uid", uid).Param("previous_uid", uid);

        void AddDetails(ActionRule action, Func<ValueRule, ValueRule> of) => action
            .Param(new ParamRule("due_date", of(new DateRule())) { Feature = "set_due_date_on_item", Group = "due" })
            .Param(new ParamRule("due_datetime", of(new TimeRule())) { Feature = "set_due_datetime_on_item", Group = "due" })
            .Param(new ParamRule("description", of(text)) { Feature = "set_description_on_item" });
    }
}

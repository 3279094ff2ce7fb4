/* Shows what the server says, which is never more than a locked screen may show, and opens the inbox when it is tapped. */
"use strict";
self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : { title: "Outpost", body: "", tag: "", open: "/console/inbox" };
  event.waitUntil(self.registration.showNotification(told.title, { body: told.body, tag: told.tag, data: told.open }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const open = typeof event.notification.data === "string" && event.notification.data.startsWith("/console/") ? event.notification.data : "/console/inbox";
  event.waitUntil(self.clients.openWindow(open));
});

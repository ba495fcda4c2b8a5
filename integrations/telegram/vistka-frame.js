// Lets each frame of Vistka's be as high as what it shows. Only a frame of this page is heard, and only a height.
addEventListener("message", function (event) {
  var told = event.data && event.data.vistka, frames = document.querySelectorAll("iframe");
  for (var i = 0; told && i < frames.length; i++) {
    if (frames[i].contentWindow === event.source && told.height > 0 && told.height < 5000) {
      frames[i].style.height = Math.ceil(told.height) + "px";
    }
  }
});
// A frame that was there first has told its height to nobody: it is asked.
[].forEach.call(document.querySelectorAll("iframe"), function (frame) {
  frame.contentWindow.postMessage({ vistka: "height?" }, "*");
});

document.querySelectorAll("[data-copy]").forEach(function(button){
if(!navigator.clipboard)return;
button.hidden=false;
button.addEventListener("click",function(){
navigator.clipboard.writeText(button.dataset.copy).then(function(){
var words=button.querySelector("span"),before=words.textContent,said=document.getElementById("said");
words.textContent=said.textContent=button.dataset.copied;
setTimeout(function(){words.textContent=before;said.textContent=""},2000)})})});
var shown=Date.now();
function again(){if(!document.hidden&&navigator.onLine&&Date.now()-shown>6e4)location.reload()}
document.addEventListener("visibilitychange",again);
addEventListener("pageshow",again);
